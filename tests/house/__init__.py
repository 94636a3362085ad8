"""The house keeps its own rules: architecture, size, words, documents."""
