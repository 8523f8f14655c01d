"""What the demo company shows of each part of the ledger; ``demo.extras`` calls each once after the sales."""
