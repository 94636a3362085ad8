"""The start page of an exercise: whom to be, the clock, the mailbox, further orders. Nowhere else does it exist."""
