"""Tables as files: CSV and Parquet, written row by row, so that a long one takes no more memory than a short one."""
