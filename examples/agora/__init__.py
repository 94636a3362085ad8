"""Agora: a small hosting service that uses Entente as any customer's service would.

It knows Entente only through its HTTP API and its webhooks. Start with README.md.
"""
