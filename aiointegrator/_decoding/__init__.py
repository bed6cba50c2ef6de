"""Response bodies become values: shapes, and lists of JSON that are split without decoding them."""
