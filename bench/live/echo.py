"""The least an XMPP bot can be: slixmpp, one account, every line sent back. What Seshat's broker is measured beside.

Arguments: address, password, port, the authority's certificate. Says "online" when it is.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from slixmpp import ClientXMPP


def main(address: str, password: str, port: str, ca_file: str) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    bot = ClientXMPP(address, password)
    bot.ca_certs = Path(ca_file)
    bot.enable_direct_tls = False

    async def started(_: Any) -> None:
        await bot.get_roster()
        bot.send_presence()
        print("online", flush=True)

    def echo(message: Any) -> None:
        if message["type"] in ("chat", "normal") and message["body"]:
            message.reply(message["body"]).send()

    bot.add_event_handler("session_start", started)
    bot.add_event_handler("message", echo)
    bot.connect("127.0.0.1", int(port))
    loop.run_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
