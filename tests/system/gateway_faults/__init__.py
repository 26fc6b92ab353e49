"""What the fault tests of the gateway share: a street of devices, a backend that keeps everything, an outside audit."""
