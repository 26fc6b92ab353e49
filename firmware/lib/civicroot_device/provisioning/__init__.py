"""Provisioning over the USB serial port: one JSON object a line, and Improv-Serial frames on the same line.

stream.py     bytes → lines, Improv frames, Ctrl-C
session.py    what a request asks, and the answer (docs/provisioning.md lists the requests)
improv.py     the frames of Improv-Serial
factory.py    what the device is, from the file that came with its firmware
draft.py      what it was told so far, kept until `commit`
check.py      the self-test
unlock.py     the way back: wipes the key, gives the prompt back
usb.py        the port itself, before the device is provisioned and after it
needed.py     which of all this a start needs
unusable.py   a provisioned device that cannot read its configuration any more
visit.py      a tag's: at the end of a wake;  awake.py: for how long
"""
