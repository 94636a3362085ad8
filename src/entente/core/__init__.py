"""Pure knowledge: no Django, no database, no network; bytes and values in, values out."""
