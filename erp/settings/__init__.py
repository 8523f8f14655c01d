"""Settings: ``base`` for all; ``demo``, ``test`` and ``production`` say what differs."""
