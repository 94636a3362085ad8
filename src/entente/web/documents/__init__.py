"""Forms and letters as documents: HTML that prints, JSON that machines read, PDF where Pango is installed."""
