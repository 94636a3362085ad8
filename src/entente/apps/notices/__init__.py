"""Notices by anyone (DSA 16) and referrals by authorities: assessed in full before any effect."""
