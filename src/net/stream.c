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

static ssize_t verdict(struct stream_end *e, ssize_t n, int wants)
{
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
		e->wants |= wants;
		return -1;
	}
	return -2;
}

static ssize_t plain_read(struct stream_end *e, void *into, size_t n)
{
	return verdict(e, recv(e->fd, into, n, 0), STREAM_READ);
}

static ssize_t plain_write(struct stream_end *e, const struct iovec *iov, int n)
{
	if (n == 1)
		return verdict(
			e, send(e->fd, iov->iov_base, iov->iov_len, MSG_NOSIGNAL), STREAM_WRITE);
	struct msghdr m = {.msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)n};
	return verdict(e, sendmsg(e->fd, &m, MSG_NOSIGNAL), STREAM_WRITE);
}

static bool plain_pending(const struct stream_end *e)
{
	(void)e;
	return false;
}

static void plain_shut(struct stream_end *e)
{
	shutdown(e->fd, SHUT_WR);
}

static void plain_free(struct stream_end *e)
{
	(void)e;
}

const struct stream stream_plain = {
	plain_shake, plain_read, plain_write, plain_pending, plain_shut, plain_free};
