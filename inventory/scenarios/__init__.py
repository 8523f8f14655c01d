"""Scenarios: documents in the order of their entry, and what stock and ledger must be afterwards, to the cent.

``files`` reads them, ``entry`` drives the services with them, ``compare`` looks at stock and books, ``runner`` joins
the three; ``manage.py run_scenarios`` is the door. Upper apps add the steps that only they know (``steps``).
"""
