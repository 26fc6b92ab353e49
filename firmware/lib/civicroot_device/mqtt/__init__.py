"""The MQTT 3.1.1 client: packets, one session, and the link that comes back."""
