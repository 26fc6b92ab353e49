"""What goes down to the devices: configurations, releases, and the pieces of content that these name."""
