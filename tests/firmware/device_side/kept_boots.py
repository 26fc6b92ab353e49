"""The count of boots under power cuts (kept.py): step n is boot n + 1."""

from civicroot_device import boots


def step(flash, _number):
    boots.Boots(flash).begin(boots.POWER_ON)


def found(flash):
    return boots.Boots(flash).count
