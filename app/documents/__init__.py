"""Documents: kinds and texts, the number register, rendering to PDF, the papers that were signed."""
