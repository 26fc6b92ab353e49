"""Radio bridges: devices that no MQTT reaches, heard through an ESP32 on USB or another process."""
