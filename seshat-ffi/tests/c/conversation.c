/* SPDX-License-Identifier: BSD-3-Clause */
/* The visitor's half of a conversation; the program's caller plays the agent. Prints what the visitor sees. */
#include "check.h"

static const char *path;
static seshat_store *store;
static seshat_chat_ref chat = SESHAT_CHAT_REF_INIT;
static int64_t after, rev = SESHAT_NO_REV;

/* Waits for news, prints what is new and returns where the chat stands. */
static seshat_chat_info next(void)
{
	seshat_messages *list = NULL;
	seshat_chat_info info = SESHAT_CHAT_INFO_INIT;
	seshat_status status;
	size_t i;

	do
		status = seshat_chat_poll(store, chat.token, Z, after, rev, 0, 20000, &list);
	while (status == SESHAT_TIMEOUT);
	CHECK(status == SESHAT_OK);
	CHECK(seshat_messages_info(list, &info) == SESHAT_OK);
	for (i = 0; i < seshat_messages_count(list); i++) {
		seshat_message message = SESHAT_MESSAGE_INIT;

		CHECK(seshat_messages_get(list, i, &message) == SESHAT_OK);
		CHECK(message.seq == after + 1);
		CHECK(strlen(message.text) == message.text_len);
		CHECK((message.notice != SESHAT_NOTICE_NONE) == (message.sender == SESHAT_FROM_SYSTEM));
		printf("%s: %s\n", seshat_sender_name(message.sender), message.text);
		after = message.seq;
	}
	rev = info.rev;
	seshat_messages_free(list);
	return info;
}

int main(int argc, char **argv)
{
	seshat_start_request request = SESHAT_START_REQUEST_INIT;
	seshat_chat_info info = SESHAT_CHAT_INFO_INIT;
	seshat_availability there = 0;
	seshat_messages *none = NULL;
	seshat_chats *waiting = NULL;
	seshat_chat_card card = SESHAT_CHAT_CARD_INIT;
	seshat_chat_ref again = SESHAT_CHAT_REF_INIT;
	int64_t first = 0, repeat = 0;

	CHECK(argc == 2);
	path = argv[1];
	CHECK(seshat_store_open(path, Z, NULL, &store) == SESHAT_OK);
	CHECK(seshat_store_availability(store, &there) == SESHAT_OK);
	printf("%s\n", seshat_availability_name(there));

	request.name = "customer";
	request.name_len = 8;
	request.page = "https://www.example.com/tents";
	request.page_len = Z;
	request.key = "an-unguessable-key";
	request.key_len = Z;
	CHECK(seshat_chat_start(store, &request, &chat) == SESHAT_OK);
	CHECK(chat.is_new == 1 && strlen(chat.token) == SESHAT_TOKEN_SIZE - 1);
	CHECK(seshat_chat_start(store, &request, &again) == SESHAT_OK);
	CHECK(again.is_new == 0 && again.chat == chat.chat && strcmp(again.token, chat.token) == 0);

	CHECK(seshat_chats_waiting(store, 10, &waiting) == SESHAT_OK);
	CHECK(seshat_chats_count(waiting) == 1 && seshat_chats_get(waiting, 0, &card) == SESHAT_OK);
	CHECK(card.chat == chat.chat && strcmp(card.visitor, "customer") == 0 && card.page_len == 29);
	seshat_chats_free(waiting);

	CHECK(seshat_chat_send(store, chat.token, Z, "Hi! \xf0\x9f\x98\x80", Z, "k1", Z, &first) == SESHAT_OK);
	CHECK(seshat_chat_send(store, chat.token, Z, "Hi! \xf0\x9f\x98\x80", Z, "k1", Z, &repeat) == SESHAT_OK);
	CHECK(first == repeat && first >= 1);
	CHECK(seshat_chat_set_typing(store, chat.token, Z, 1) == SESHAT_OK);

	/* The agent begins when they see this. */
	puts("waiting");
	fflush(stdout);
	do
		info = next();
	while (info.state != SESHAT_CHAT_CLOSED);
	printf("%s by %s\n", seshat_reason_name(info.reason), info.agent_name);

	CHECK(seshat_chat_poll(store, chat.token, Z, after, rev, 0, SESHAT_NO_WAIT, &none) == SESHAT_TIMEOUT);
	CHECK(none == NULL && seshat_messages_count(none) == 0);
	CHECK(seshat_chat_set_read(store, chat.token, Z, after) == SESHAT_OK);
	CHECK(seshat_chat_set_rating(store, chat.token, Z, 1) == SESHAT_OK);
	CHECK(seshat_chat_finish(store, chat.token, Z) == SESHAT_OK);
	CHECK(seshat_chat_status(store, chat.token, Z, &info) == SESHAT_OK);
	CHECK(info.chat == chat.chat && info.rating == 1 && info.last_seq == after && info.position == 0);
	CHECK(seshat_chat_send(store, chat.token, Z, "Still there?", Z, NULL, 0, NULL) == SESHAT_ECLOSED);
	seshat_store_close(store);
	return 0;
}
