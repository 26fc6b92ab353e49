"""What a crew with a browser needs of the city: what devices are told, and the way to the registrar's desk.

errors.py    what stands in a request's way
request.py   what a device asks for, its own signature checked
book.py      requests in the database, and what became of each
obstacle.py  whether a request may be put: nothing that is enrolled or asked for is overwritten
sites.py     site files, by district
"""
