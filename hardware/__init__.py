"""Boards, boxes and batteries of Civicroot's devices, as code that tests check. Nothing here runs on a device."""
