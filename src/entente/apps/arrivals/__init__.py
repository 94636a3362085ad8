"""What is this? A message that reached the contact point, before anybody has settled what it is.

Below the intake rooms and above `cases`: a settled arrival becomes an order, a notice or a case through a
registry the intake rooms fill, in one transaction (ADR 0005).
"""
