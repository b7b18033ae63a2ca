// SPDX-License-Identifier: MIT
#include "net/stream.h"
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static int plain_shake(struct stream_end *e)
{
	(void)e;
	return 1;
}

static ssize_t verdict(ssize_t n)
{
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? -1 : -2;
}

static ssize_t plain_read(struct stream_end *e, void *into, size_t n)
{
	return verdict(recv(e->fd, into, n, 0));
}

static ssize_t plain_write(struct stream_end *e, const struct iovec *iov, int n)
{
	ssize_t put;
	if (n == 1) {
		put = verdict(send(e->fd, iov->iov_base, iov->iov_len, MSG_NOSIGNAL));
	} else {
		struct msghdr m = {.msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)n};
		put = verdict(sendmsg(e->fd, &m, MSG_NOSIGNAL));
	}
	e->blocked |= put == -1;
	return put;
}

static void plain_shut(struct stream_end *e)
{
	shutdown(e->fd, SHUT_WR);
}

static void plain_free(struct stream_end *e)
{
	(void)e;
}

const struct stream stream_plain = {plain_shake, plain_read, plain_write, plain_shut, plain_free};
