"""The real parts of a Seshat installation, for tests and the demo to start and stop.

Every server runs on loopback, on ports the system chose, in a folder of its own, and is stopped by its pid.
Nothing here imitates anything: Prosody is Debian's, agents speak XMPP, the site runs under gunicorn, the page in
Chromium.
"""
