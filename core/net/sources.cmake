set(HLID_NET_SOURCES
  net/response_reader.cc net/board.cc net/borrowed_thread.cc net/client.cc net/descriptors.cc net/hosts.cc net/libcurl.cc net/loop.cc net/name_check.cc net/outcome.cc
  net/poller.cc net/streams.cc net/thread.cc net/throttle.cc net/transfer.cc net/trust.cc)
