"""Screens: `console` for staff, `public` for everyone; thin views over services and queries."""
