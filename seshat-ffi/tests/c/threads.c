/* SPDX-License-Identifier: BSD-3-Clause */
/* Eight threads share one store: each has a chat of its own, and all of them talk in one. Then all wait, until one
 * interrupts them. The second argument is for how many seconds they talk. */
#include "check.h"
#include <pthread.h>
#include <time.h>

#define THREADS 8

static seshat_store *store;
static seshat_chat_ref shared = SESHAT_CHAT_REF_INIT;
static time_t until;
static int sent[THREADS];

static void *talk(void *argument)
{
	int me = *(int *)argument;
	seshat_start_request request = SESHAT_START_REQUEST_INIT;
	seshat_chat_ref own = SESHAT_CHAT_REF_INIT;
	int64_t seen = 0;

	CHECK(seshat_chat_start(store, &request, &own) == SESHAT_OK);
	do {
		seshat_messages *list = NULL;
		int64_t seq = 0;

		CHECK(seshat_chat_send(store, own.token, Z, "mine", Z, NULL, 0, &seq) == SESHAT_OK);
		CHECK(seq == ++seen);
		CHECK(seshat_chat_send(store, shared.token, Z, "ours", Z, NULL, 0, &seq) == SESHAT_OK);
		CHECK(seshat_chat_poll(store, own.token, Z, seen - 1, SESHAT_NO_REV, 0, 0, &list) == SESHAT_OK);
		CHECK(seshat_messages_count(list) == 1);
		seshat_messages_free(list);
		CHECK(seshat_chat_send(store, own.token, Z, "", 0, NULL, 0, &seq) == SESHAT_EINVAL);
		CHECK(strstr(seshat_errmsg(), "send the message"));
		sent[me]++;
	} while (time(NULL) < until);
	return NULL;
}

static void *wait_for_nothing(void *argument)
{
	seshat_chat_info info = SESHAT_CHAT_INFO_INIT;
	seshat_messages *list = NULL;

	CHECK(seshat_chat_status(store, shared.token, Z, &info) == SESHAT_OK);
	CHECK(seshat_chat_poll(store, shared.token, Z, info.last_seq, info.rev, 0, SESHAT_WAIT_MAX_MS, &list) ==
		SESHAT_INTERRUPTED);
	CHECK(list == NULL);
	*(int *)argument = -1;
	return NULL;
}

/* Interrupts until all have been waked: one that had not begun to wait is not waked by the first. */
static void *interrupt(void *argument)
{
	struct timespec pause = { 0, 20000000 };

	while (!__atomic_load_n((int *)argument, __ATOMIC_ACQUIRE)) {
		seshat_interrupt(store);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	seshat_open_options options = SESHAT_OPEN_OPTIONS_INIT;
	seshat_start_request request = SESHAT_START_REQUEST_INIT;
	seshat_chat_info info = SESHAT_CHAT_INFO_INIT;
	pthread_t threads[THREADS], interrupter;
	int numbers[THREADS], all = 0, done = 0, i;

	CHECK(argc == 3);
	options.flags = SESHAT_OPEN_NORMAL;
	options.busy_timeout_ms = 30000;
	CHECK(seshat_store_open(argv[1], Z, &options, &store) == SESHAT_OK);
	CHECK(seshat_chat_start(store, &request, &shared) == SESHAT_OK);
	until = time(NULL) + atoi(argv[2]);
	for (i = 0; i < THREADS; i++) {
		numbers[i] = i;
		CHECK(pthread_create(&threads[i], NULL, talk, &numbers[i]) == 0);
	}
	for (i = 0; i < THREADS; i++) {
		CHECK(pthread_join(threads[i], NULL) == 0);
		all += sent[i];
	}
	CHECK(seshat_chat_status(store, shared.token, Z, &info) == SESHAT_OK);
	CHECK(info.last_seq == all);

	for (i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, wait_for_nothing, &numbers[i]) == 0);
	CHECK(pthread_create(&interrupter, NULL, interrupt, &done) == 0);
	for (i = 0; i < THREADS; i++) {
		CHECK(pthread_join(threads[i], NULL) == 0);
		CHECK(numbers[i] == -1);
	}
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	CHECK(pthread_join(interrupter, NULL) == 0);
	seshat_store_close(store);
	printf("%d messages\n", all);
	return 0;
}
