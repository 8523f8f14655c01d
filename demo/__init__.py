"""The demo company: a Chinese gift trader, its dirty sales file, and the loader behind ``make demo``."""
