"""Alarms by rules: judged over the readings' own time, kept with what raised them, told once, tried on the past.

rule.py, condition.py    what an operator asks for, and how one record is judged by it
machine.py               quiet, pending, raised, cleared: the one state machine, for live and past alike
past.py                  a rule over stored readings
refused.py               what tampering leaves behind: records that were refused
facts.py                 what is asked for and comes in no record: checkpoints, quorum, anchors, gateways
rules.py, raised.py, targets.py, outbox.py    the tables
watcher.py, dispatcher.py                     the two threads: judging, and telling
mail.py, webhook.py, address.py, words.py     the ways to people
"""
