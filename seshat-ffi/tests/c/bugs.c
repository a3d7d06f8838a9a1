/* SPDX-License-Identifier: BSD-3-Clause */
/* A bug inside a call is a status and a message; the store is as good as before. Linked with the library of
 * panicking.rs. */
#include "check.h"

seshat_store *panicking_open(const char *path);
void panicking_break(int broken);

int main(int argc, char **argv)
{
	seshat_store *store;
	seshat_start_request request = SESHAT_START_REQUEST_INIT;
	seshat_chat_ref chat = SESHAT_CHAT_REF_INIT;
	seshat_messages *list = (seshat_messages *)&chat;
	int64_t seq = -7;

	CHECK(argc == 2);
	store = panicking_open(argv[1]);
	CHECK(store && seshat_chat_start(store, &request, &chat) == SESHAT_OK);
	panicking_break(1);
	CHECK(seshat_chat_send(store, chat.token, Z, "Hi!", Z, NULL, 0, &seq) == SESHAT_EINTERNAL);
	CHECK(seq == -7);
	CHECK(strcmp(seshat_errmsg(), "could not finish the call: a bug in Seshat (the clock is broken)") == 0);
	CHECK(seshat_chat_poll(store, chat.token, Z, 0, SESHAT_NO_REV, 0, 0, &list) == SESHAT_EINTERNAL);
	CHECK(list == NULL);
	panicking_break(0);
	CHECK(seshat_chat_send(store, chat.token, Z, "Hi!", Z, NULL, 0, &seq) == SESHAT_OK);
	CHECK(seq == 1);
	seshat_store_close(store);
	return 0;
}
