"""The public store: batch blobs, tiles and the checkpoint, under the names that the world reads them by."""
