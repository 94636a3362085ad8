"""Entente's own line icons.

Owns the drawings, as the inside of a 24 x 24 SVG. They are drawn here, with one
stroke width and round ends, and emitted inline by the ``icon`` template tag, so
that a page needs no second request and a fragment or a print keeps its icons.
"""

from typing import Final

#: Name of the icon to the inside of its ``<svg viewBox="0 0 24 24">``.
ICONS: Final[dict[str, str]] = {
    "arrow": '<path d="M4 12h15M13 6l6 6-6 6"/>',
    "bell": '<path d="M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4"/>',
    "book": '<path d="M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3zM5 17a3 3 0 0 1 3-3h11M9 8h6"/>',
    "caution": '<path d="M12 4 3 20h18zM12 10v5M12 17.6v.2"/>',
    "check": '<path d="m4.5 12.5 5 5 10-11"/>',
    "chevron": '<path d="m9 5 7 7-7 7"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>',
    "copy": '<path d="M8 8h12v12H8zM16 8V4H4v12h4"/>',
    "cross": '<path d="m6 6 12 12M18 6 6 18"/>',
    "dot": '<circle cx="12" cy="12" r="4"/>',
    "download": '<path d="M12 4v11M7 10.5l5 5 5-5M5 20h14"/>',
    "eye": '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/><circle cx="12" cy="12" r="2.8"/>',
    "eye-off": '<path d="M2.5 9.5C5 13 8.3 15 12 15s7-2 9.5-5.5M12 15v4M6.6 13.2 4.5 16.7M17.4 13.2l2.1 3.5"/>',
    "flag": '<path d="M6 21V4M6 5h12l-3 4 3 4H6"/>',
    "globe": '<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17"/>',
    "hand-over": '<path d="M4 8h13M13 4l4 4-4 4M20 16H7M11 12l-4 4 4 4"/>',
    "inbox": '<path d="M4 13 6.5 5h11L20 13v6H4zM4 13h4.5l1.5 2.5h4l1.5-2.5H20"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.6v.2"/>',
    "key": '<circle cx="8" cy="15" r="4"/><path d="m11 12 8.5-8.5M16 7l3 3"/>',
    "layers": '<path d="M12 4 3.5 8.5 12 13l8.5-4.5zM3.5 12.5 12 17l8.5-4.5M3.5 16.5 12 21l8.5-4.5"/>',
    "letter": '<path d="M3.5 6h17v12.5h-17zM3.5 7l8.5 6.5L20.5 7"/>',
    "link": '<path d="M10 14a4 4 0 0 1 0-5.6l3-3a4 4 0 0 1 5.6 5.6l-1.5 1.5M14 10a4 4 0 0 1 0 5.6l-3 3A4 4 0 0 1 5.4 13l1.5-1.5"/>',
    "lock": '<path d="M5 11h14v9H5zM8 11V8a4 4 0 0 1 8 0v3M12 14.5v2"/>',
    "mark": '<circle cx="9" cy="12" r="6.5"/><circle cx="15" cy="12" r="6.5"/><path d="M12 6.3v11.4M10 8.2v7.6M14 8.2v7.6"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "minus": '<path d="M6 12h12"/>',
    "notice": '<path d="M4 5h16v11h-8l-4.5 4v-4H4zM8 9h8M8 12h5"/>',
    "order": '<path d="M6 3h8l4 4v6M14 3v4h4M6 3v18h5M9 11h5M9 14.5h3"/><circle cx="16.5" cy="16.5" r="3"/><path d="m15 19-.5 3 2-1 2 1-.5-3"/>',
    "people": '<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 20c0-4 2.8-6 6.5-6s6.5 2 6.5 6M16 5.3a3.5 3.5 0 0 1 0 6.4M18 14.5c2.3.7 3.5 2.6 3.5 5.5"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c0-4.5 3-6.5 7.5-6.5s7.5 2 7.5 6.5"/>',
    "phone": '<path d="M8 4H4.5C4 13 11 20 20 19.5V16l-4.5-1.5-2 2a13 13 0 0 1-6-6l2-2z"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "print": '<path d="M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z"/>',
    "question": '<circle cx="12" cy="12" r="8.5"/><path d="M9.5 9.7a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.9M12 16.6v.2"/>',
    "refusal": '<circle cx="12" cy="12" r="8.5"/><path d="M7 12h10"/>',
    "scale": '<path d="M12 4v16M7.5 20h9M5 7h14M5 7l-2.8 6.5a2.9 2.9 0 0 0 5.6 0zM19 7l-2.8 6.5a2.9 2.9 0 0 0 5.6 0z"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="m15 15 5.5 5.5"/>',
    "send": '<path d="M20.5 3.5 3.5 10l7 3.5 3.5 7zM10.5 13.5l4-4"/>',
    "shield": '<path d="M12 3.5c2.5 1.8 5 2.6 7.5 2.7 0 6.3-2 11-7.5 14.3C6.5 17.2 4.5 12.5 4.5 6.2 7 6.1 9.5 5.3 12 3.5z"/>',
    "sliders": '<path d="M4 8h9M17 8h3M4 16h3M11 16h9"/><circle cx="15" cy="8" r="2"/><circle cx="9" cy="16" r="2"/>',
    "theme": '<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5v17M12 7.5h6.8M12 12h8.5M12 16.5h6.8"/>',
    "undo": '<path d="M9 5 4.5 9.5 9 14M4.5 9.5H14a5.5 5.5 0 0 1 0 11h-4"/>',
}

#: Icons that point along the line of reading and are mirrored right to left.
DIRECTED: Final[frozenset[str]] = frozenset(
    {"arrow", "book", "chevron", "hand-over", "notice", "send", "undo"},
)

#: Solid 16 x 16 shapes that stand beside a state's or a clock's word.
SHAPES: Final[dict[str, str]] = {
    "ring": '<circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="2"/>',
    "disc": '<circle cx="8" cy="8" r="6" fill="currentColor"/>',
    "half": '<circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="2"/><path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor"/>',
    "triangle": '<path d="M8 1.5 15 14H1z" fill="currentColor"/>',
    "square": '<path d="M2 2h12v12H2z" fill="currentColor"/>',
    "diamond": '<path d="m8 1 7 7-7 7-7-7z" fill="currentColor"/>',
    "dash": '<path d="M2 8h12" stroke="currentColor" stroke-width="2"/>',
    "check": '<path d="m2 8.5 4 4L14 3.5" fill="none" stroke="currentColor" stroke-width="2.2"/>',
    "cross": '<path d="m3 3 10 10M13 3 3 13" fill="none" stroke="currentColor" stroke-width="2.2"/>',
}
