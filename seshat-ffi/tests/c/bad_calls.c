/* SPDX-License-Identifier: BSD-3-Clause */
/* Whatever a caller gets wrong is a status and a sentence, never a crash, and leaves the outputs alone. */
#include "check.h"
#include <stdint.h>

static int calls;

#define REFUSED(wanted, field, call) \
	do { \
		seshat_status got = (call); \
		calls++; \
		CHECK(got == (wanted)); \
		CHECK(strncmp(seshat_errmsg(), "could not ", 10) == 0); \
		CHECK((field)[0] == '\0' || (seshat_errfield() && strcmp(seshat_errfield(), (field)) == 0)); \
	} while (0)

static void opening(const char *path)
{
	seshat_store *store = (seshat_store *)&calls;
	seshat_open_options options = SESHAT_OPEN_OPTIONS_INIT;

	REFUSED(SESHAT_EINVAL, "path", seshat_store_open(NULL, 0, NULL, &store));
	CHECK(store == NULL);
	REFUSED(SESHAT_EINVAL, "path", seshat_store_open(NULL, 7, NULL, &store));
	REFUSED(SESHAT_EINVAL, "path", seshat_store_open("", 0, NULL, &store));
	REFUSED(SESHAT_EINVAL, "path", seshat_store_open("a\0b", 3, NULL, &store));
	REFUSED(SESHAT_EINVAL, "path", seshat_store_open("\xff\xfe", 2, NULL, &store));
	REFUSED(SESHAT_EINVAL, "path", seshat_store_open(path, SIZE_MAX / 2 + 1, NULL, &store));
	REFUSED(SESHAT_EINVAL, "out_store", seshat_store_open(path, Z, NULL, NULL));
	REFUSED(SESHAT_EIO, "", seshat_store_open("/nonexistent/chat.db", Z, NULL, &store));
	options.flags = SESHAT_OPEN_EXISTING;
	REFUSED(SESHAT_EIO, "", seshat_store_open(path, Z, &options, &store));
	options.flags = 0x80000000u;
	REFUSED(SESHAT_EINVAL, "flags", seshat_store_open(path, Z, &options, &store));
	options.flags = 0;
	options.struct_size = 0;
	REFUSED(SESHAT_EINVAL, "options", seshat_store_open(path, Z, &options, &store));
	options.struct_size = SIZE_MAX;
	REFUSED(SESHAT_EINVAL, "options", seshat_store_open(path, Z, &options, &store));
	CHECK(store == NULL);
}

static void chatting(seshat_store *store)
{
	seshat_start_request request = SESHAT_START_REQUEST_INIT;
	seshat_chat_ref chat = SESHAT_CHAT_REF_INIT;
	seshat_chat_info info = SESHAT_CHAT_INFO_INIT;
	seshat_message message = SESHAT_MESSAGE_INIT;
	seshat_messages *list = (seshat_messages *)&calls;
	const char *nobodys = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	char *large = (char *)malloc(4001);
	int64_t seq = -7;

	CHECK(large);
	memset(large, 'x', 4001);
	REFUSED(SESHAT_EINVAL, "store", seshat_chat_start(NULL, &request, &chat));
	REFUSED(SESHAT_EINVAL, "request", seshat_chat_start(store, NULL, &chat));
	REFUSED(SESHAT_EINVAL, "out_ref", seshat_chat_start(store, &request, NULL));
	request.fields = "[not an object";
	request.fields_len = Z;
	REFUSED(SESHAT_EINVAL, "fields", seshat_chat_start(store, &request, &chat));
	request.fields = NULL;
	request.struct_size = sizeof request - 1;
	REFUSED(SESHAT_EINVAL, "request", seshat_chat_start(store, &request, &chat));
	CHECK(chat.chat == 0 && chat.token[0] == '\0');
	request.struct_size = 3 * sizeof(size_t); /* an older caller's, with a name only */
	CHECK(seshat_chat_start(store, &request, &chat) == SESHAT_OK);

#define SEND(token, text, text_len) seshat_chat_send(store, token, Z, text, text_len, NULL, 0, &seq)
	REFUSED(SESHAT_EINVAL, "token", SEND(NULL, "Hi!", Z));
	REFUSED(SESHAT_ENOTFOUND, "", SEND("short", "Hi!", Z));
	REFUSED(SESHAT_ENOTFOUND, "", SEND(nobodys, "Hi!", Z));
	REFUSED(SESHAT_EINVAL, "token", SEND("\xc3\x28", "Hi!", Z));
	REFUSED(SESHAT_EINVAL, "text", SEND(chat.token, NULL, 0));
	REFUSED(SESHAT_EINVAL, "text", SEND(chat.token, "", 0));
	REFUSED(SESHAT_EINVAL, "text", SEND(chat.token, "a\0b", 3));
	REFUSED(SESHAT_EINVAL, "text", SEND(chat.token, "\xed\xa0\x80", 3));
	REFUSED(SESHAT_ETOOBIG, "text", SEND(chat.token, large, 4001));
	REFUSED(SESHAT_ETOOBIG, "key",
		seshat_chat_send(store, chat.token, Z, "Hi!", Z, large, 65, &seq));
	CHECK(seq == -7);

#define POLL(after, rev, out) seshat_chat_poll(store, chat.token, Z, after, rev, 0, 0, out)
	REFUSED(SESHAT_EINVAL, "after", POLL(-1, SESHAT_NO_REV, &list));
	CHECK(list == NULL);
	REFUSED(SESHAT_EINVAL, "rev", POLL(0, -2, &list));
	REFUSED(SESHAT_EINVAL, "out_messages", POLL(0, SESHAT_NO_REV, NULL));
	REFUSED(SESHAT_EINVAL, "list", seshat_messages_get(NULL, 0, &message));
	REFUSED(SESHAT_EINVAL, "list", seshat_messages_info(NULL, &info));
	CHECK(POLL(0, SESHAT_NO_REV, &list) == SESHAT_OK);
	REFUSED(SESHAT_EINVAL, "index", seshat_messages_get(list, seshat_messages_count(list), &message));
	REFUSED(SESHAT_EINVAL, "index", seshat_messages_get(list, SIZE_MAX, &message));
	info.struct_size = 12;
	REFUSED(SESHAT_EINVAL, "out_info", seshat_messages_info(list, &info));
	seshat_messages_free(list);

	REFUSED(SESHAT_EINVAL, "seq", seshat_chat_set_read(store, chat.token, Z, -1));
	REFUSED(SESHAT_EINVAL, "rating", seshat_chat_set_rating(store, chat.token, Z, 300));
	REFUSED(SESHAT_EINVAL, "rating", seshat_chat_set_rating(store, chat.token, Z, 2));
	REFUSED(SESHAT_EINVAL, "store", seshat_chat_finish(NULL, chat.token, Z));
	free(large);
}

static void the_rest(seshat_store *store)
{
	seshat_leave_request leave = SESHAT_LEAVE_REQUEST_INIT;
	seshat_web_options options = SESHAT_WEB_OPTIONS_INIT;
	seshat_web_request request = SESHAT_WEB_REQUEST_INIT;
	seshat_header header = { NULL, 0, NULL, 0 };
	seshat_response *response = (seshat_response *)&calls;
	seshat_web *web = NULL;
	int i;

	REFUSED(SESHAT_EINVAL, "out_availability", seshat_store_availability(store, NULL));
	REFUSED(SESHAT_EINVAL, "email", seshat_store_leave(store, &leave, NULL));
	leave.email = "ann@example.com";
	leave.text = "Call me.";
	leave.address = "192.0.2.1";
	leave.email_len = leave.text_len = leave.address_len = Z;
	for (i = 0; i < 5; i++)
		CHECK(seshat_store_leave(store, &leave, NULL) == SESHAT_OK);
	REFUSED(SESHAT_ELIMIT, "", seshat_store_leave(store, &leave, NULL));
	CHECK(seshat_err_retry_after_ms() > 0);
	REFUSED(SESHAT_EINVAL, "out_chats", seshat_chats_waiting(store, 1, NULL));

	options.base = "no-slash";
	options.base_len = Z;
	REFUSED(SESHAT_EINVAL, "base", seshat_web_open(store, &options, &web));
	options.base = NULL;
	options.flags = 0x40;
	REFUSED(SESHAT_EINVAL, "flags", seshat_web_open(store, &options, &web));
	CHECK(seshat_web_open(store, NULL, &web) == SESHAT_OK);
	REFUSED(SESHAT_EINVAL, "method", seshat_web_handle(web, &request, &response));
	CHECK(response == NULL);
	request.method = "GET";
	request.path = "/seshat/availability";
	request.method_len = request.path_len = Z;
	request.header_count = 1;
	REFUSED(SESHAT_EINVAL, "headers", seshat_web_handle(web, &request, &response));
	request.headers = &header;
	REFUSED(SESHAT_EINVAL, "headers", seshat_web_handle(web, &request, &response));
	request.header_count = SIZE_MAX;
	REFUSED(SESHAT_EINVAL, "headers", seshat_web_handle(web, &request, &response));
	request.header_count = 0;
	request.body_len = 5;
	REFUSED(SESHAT_EINVAL, "body", seshat_web_handle(web, &request, &response));
	REFUSED(SESHAT_EINVAL, "web", seshat_web_handle(NULL, &request, &response));
	REFUSED(SESHAT_EINVAL, "response", seshat_response_header(NULL, 0, &header));
	CHECK(seshat_response_status(NULL) == 500 && seshat_response_header_count(NULL) == 0);
	CHECK(seshat_response_body(NULL, NULL)[0] == '\0' && seshat_response_fault(NULL) == NULL);
	header.name = "Not A Setting";
	header.value = "x";
	header.name_len = header.value_len = Z;
	REFUSED(SESHAT_EINVAL, "settings", seshat_web_snippet(web, &header, 1, &response));
	seshat_web_close(web);
}

int main(int argc, char **argv)
{
	seshat_store *store = NULL;

	CHECK(argc == 2);
	opening(argv[1]);
	CHECK(seshat_store_open(argv[1], Z, NULL, &store) == SESHAT_OK);
	chatting(store);
	the_rest(store);
	seshat_store_close(store);
	seshat_store_close(NULL);
	seshat_messages_free(NULL);
	seshat_chats_free(NULL);
	seshat_response_free(NULL);
	seshat_web_close(NULL);
	seshat_interrupt(NULL);
	printf("%d bad calls\n", calls);
	return 0;
}
