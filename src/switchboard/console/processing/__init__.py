"""The page Processing: starting runs, watching them live, and what became of earlier ones."""
