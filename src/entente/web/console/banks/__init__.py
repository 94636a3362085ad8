"""The console's pages about what is recognised: banks, signals, entity labels, sharing, exchanges."""
