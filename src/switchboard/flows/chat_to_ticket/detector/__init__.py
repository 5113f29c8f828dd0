"""Tell the workflows apart, and from everything else a visitor may write: docs/detector.md."""
