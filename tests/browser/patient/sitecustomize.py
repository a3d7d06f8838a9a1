"""Put before the example site by tests that want a server which can hold a poll open: one option differs."""

from functools import partial

import seshat.integrations.flask as integration

integration.create_blueprint = partial(integration.create_blueprint, max_wait=5)
