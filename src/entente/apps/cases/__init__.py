"""The spine: a case, its assessment, reasoned decisions, the actions carried out because of them.

Intake (orders, notices) opens cases; this room never imports intake. What ends a decision goes through
`undo` and needs to know no sibling.
"""
