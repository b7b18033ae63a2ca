// SPDX-License-Identifier: MIT
#include "check.h"

#include "i3/oob/files.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
	char root[64];
};

static void make(const struct folder *f, const char *name, const char *content)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", f->root, name);
	if (!content) {
		assert_int_equal(mkdir(path, 0755), 0);
		return;
	}
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(content, file);
	fclose(file);
}

static void link_to(const struct folder *f, const char *name, const char *target)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", f->root, name);
	assert_int_equal(symlink(target, path), 0);
}

static int open_folder(void **state)
{
	struct folder *f = calloc(1, sizeof *f);
	strcpy(f->root, "/tmp/files_test.XXXXXX");
	assert_non_null(mkdtemp(f->root));
	make(f, "Example", NULL);
	make(f, "Example/pub", NULL);
	make(f, "Example/incoming", NULL);
	make(f, "Example/motd", "hello\n");
	make(f, "Example/pub/deep", "deep");
	make(f, "Example/.hidden", "secret");
	make(f, "secret", "secret");
	link_to(f, "Example/link", "../secret");
	link_to(f, "Example/out", "..");
	link_to(f, "Linked", "Example");
	*state = f;
	return 0;
}

static int close_folder(void **state)
{
	struct folder *f = *state;
	char command[128];
	snprintf(command, sizeof command, "rm -rf %s", f->root);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static struct files_result grant(
	const struct folder *f, enum files_verb verb, const char *name, const char *content)
{
	struct files_result r;
	files_grant(
		&(struct files_wish){verb, f->root, "Example", span_str(name), span_str(content)},
		&r);
	return r;
}

static int said(const struct folder *f, enum files_verb verb, const char *name)
{
	struct files_result r = grant(f, verb, name, "new");
	files_result_fini(&r);
	return r.said;
}

static void test_a_file_is_read_with_and_without_a_slash_in_front(void **state)
{
	static const char *const names[] = {"motd", "/motd", "motd/"};
	for (size_t i = 0; i < countof(names); i++) {
		struct files_result r = grant(*state, FILES_READ, names[i], "");
		assert_int_equal(r.said, FILES_OK);
		check_text(buf_bytes(&r.content), "hello\n");
		files_result_fini(&r);
	}
}

static void test_no_name_leads_out_and_nothing_hidden_is_there(void **state)
{
	static const char *const names[] = {"..", "../secret", "pub/../motd", "pub/../../secret",
		".", "./motd", ".hidden", "/.hidden", "//motd", "pub//deep", "link", "out/secret",
		"out/Example/motd", "/etc/passwd", "", "/", "a\nb", "a\x7f",
		"1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/h", "motd/x"};
	for (size_t i = 0; i < countof(names); i++)
		assert_int_equal(said(*state, FILES_READ, names[i]), FILES_BAD_PATH);
	struct files_result r;
	files_grant(&(struct files_wish){.verb = FILES_READ,
			    .root = ((struct folder *)*state)->root,
			    .identity = "Example",
			    .name = SPAN("motd\0.txt")},
		&r);
	assert_int_equal(r.said, FILES_BAD_PATH);
	files_result_fini(&r);
}

static void test_an_identity_is_one_folder_and_no_path(void **state)
{
	static const char *const identities[] = {
		"", ".", "..", "Example/pub", "Linked", "Nobody", ".Example"};
	const struct folder *f = *state;
	for (size_t i = 0; i < countof(identities); i++) {
		struct files_result r;
		files_grant(&(struct files_wish){.verb = FILES_READ,
				    .root = f->root,
				    .identity = identities[i],
				    .name = SPAN("motd")},
			&r);
		assert_int_equal(r.said, FILES_BAD_PATH);
		files_result_fini(&r);
	}
}

static void test_without_a_root_there_are_no_files(void **state)
{
	struct files_result r;
	(void)state;
	files_grant(
		&(struct files_wish){
			.verb = FILES_LIST, .root = "", .identity = "tmp", .name = SPAN("/")},
		&r);
	assert_int_equal(r.said, FILES_BAD_PATH);
	files_result_fini(&r);
}

static void test_a_list_has_files_and_directories_in_order_and_nothing_else(void **state)
{
	struct files_result r = grant(*state, FILES_LIST, "/", "");
	assert_int_equal(r.said, FILES_OK);
	assert_int_equal(r.n, 3);
	assert_string_equal(r.entries[0].name, "incoming");
	assert_string_equal(r.entries[1].name, "motd");
	assert_string_equal(r.entries[2].name, "pub");
	assert_int_equal(r.entries[1].bytes, 6);
	assert_int_equal(r.entries[2].bytes, -2);
	files_result_fini(&r);
	assert_int_equal(said(*state, FILES_LIST, "out"), FILES_BAD_PATH);
	assert_int_equal(said(*state, FILES_LIST, "motd"), FILES_BAD_PATH);
}

static void test_a_list_ends_somewhere(void **state)
{
	for (int i = 0; i < FILES_LIST_MAX + 5; i++) {
		char name[64];
		snprintf(name, sizeof name, "Example/pub/f%d", i);
		make(*state, name, "");
	}
	struct files_result r = grant(*state, FILES_LIST, "pub", "");
	assert_int_equal(r.n, FILES_LIST_MAX);
	files_result_fini(&r);
}

static void test_what_is_no_text_or_too_large_is_refused(void **state)
{
	struct folder *f = *state;
	char path[128];
	make(f, "Example/latin", "caf\xe9");
	make(f, "Example/big", "");
	snprintf(path, sizeof path, "%s/Example/big", f->root);
	assert_int_equal(truncate(path, FILES_BYTES_MAX + 1), 0);
	assert_int_equal(said(f, FILES_READ, "latin"), FILES_FAILED);
	assert_int_equal(said(f, FILES_READ, "big"), FILES_FAILED);
	snprintf(path, sizeof path, "%s/Example/pipe", f->root);
	assert_int_equal(mkfifo(path, 0644), 0);
	assert_int_equal(said(f, FILES_READ, "pipe"), FILES_BAD_PATH);
}

static void test_an_upload_replaces_nothing(void **state)
{
	assert_int_equal(said(*state, FILES_WRITE, "gift"), FILES_OK);
	assert_int_equal(said(*state, FILES_WRITE, "/incoming/gift2"), FILES_OK);
	struct files_result r = grant(*state, FILES_WRITE, "gift", "other");
	assert_int_equal(r.said, FILES_NO_WRITE);
	files_result_fini(&r);
	r = grant(*state, FILES_READ, "incoming/gift", "");
	check_text(buf_bytes(&r.content), "new");
	files_result_fini(&r);
	r = grant(*state, FILES_LIST, "incoming", "");
	assert_int_equal(r.n, 2); // nothing half-written beside them
	files_result_fini(&r);
}

static void test_uploads_go_nowhere_else(void **state)
{
	static const char *const names[] = {"", "/", "..", "../gift", "pub/gift", "incoming/a/b",
		".gift", "incoming/.gift", "incoming/../gift", "out/gift"};
	for (size_t i = 0; i < countof(names); i++)
		assert_int_equal(said(*state, FILES_WRITE, names[i]), FILES_BAD_PATH);
}

static void test_incoming_gets_full(void **state)
{
	struct folder *f = *state;
	char path[128];
	make(f, "Example/incoming/.upload-left-behind", "");
	snprintf(path, sizeof path, "%s/Example/incoming/.upload-left-behind", f->root);
	assert_int_equal(truncate(path, FILES_INCOMING_BYTES_MAX - 2), 0);
	assert_int_equal(said(f, FILES_WRITE, "gift"), FILES_NO_WRITE);
	assert_int_equal(truncate(path, FILES_INCOMING_BYTES_MAX - 3), 0);
	assert_int_equal(said(f, FILES_WRITE, "gift"), FILES_OK);
}

static void test_without_incoming_nothing_is_written(void **state)
{
	struct folder *f = *state;
	char path[128];
	snprintf(path, sizeof path, "%s/Example/incoming", f->root);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(said(f, FILES_WRITE, "gift"), FILES_NO_WRITE);
	link_to(f, "Example/incoming", "pub");
	assert_int_equal(said(f, FILES_WRITE, "gift"), FILES_NO_WRITE);
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, open_folder, close_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(test_a_file_is_read_with_and_without_a_slash_in_front),
		FOLDER_TEST(test_no_name_leads_out_and_nothing_hidden_is_there),
		FOLDER_TEST(test_an_identity_is_one_folder_and_no_path),
		FOLDER_TEST(test_without_a_root_there_are_no_files),
		FOLDER_TEST(test_a_list_has_files_and_directories_in_order_and_nothing_else),
		FOLDER_TEST(test_a_list_ends_somewhere),
		FOLDER_TEST(test_what_is_no_text_or_too_large_is_refused),
		FOLDER_TEST(test_an_upload_replaces_nothing),
		FOLDER_TEST(test_uploads_go_nowhere_else),
		FOLDER_TEST(test_incoming_gets_full),
		FOLDER_TEST(test_without_incoming_nothing_is_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
