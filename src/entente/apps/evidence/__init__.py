"""Evidence: what is kept, sealed, for whom, until when; every look at it recorded, its end certified."""
