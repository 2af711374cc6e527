#include "net/outcome.h"

namespace hlid {

Outcome outcome_of(CURLcode code, bool left, bool proxy) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {"timeout", "the time was over", false};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {"no_host", "the site's name was not found", false};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {"proxy_failed", "the proxy's name was not found", false};
    case CURLE_COULDNT_CONNECT:
      return {"no_connection", "no connection could be made", false};
    case CURLE_PROXY:
      return {"proxy_failed", "the proxy refused the connection", false};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return {"tls_failed", "the server's certificate is not trusted, or is for another name", false};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_CLIENTCERT:
      return {"tls_failed", "no TLS connection could be made", false};
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  // libcurl's word for HTTP/0.9
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_BAD_FUNCTION_ARGUMENT:  // and for a head that begins with a folded line
      if (left) return {"not_http", "the answer is not proper HTTP", true};
      break;
    case CURLE_FILESIZE_EXCEEDED:
#if LIBCURL_VERSION_NUM >= 0x080600
    case CURLE_TOO_LARGE:
#endif
      if (left) return {"answer_too_large", "the answer is larger than the maximum", true};
      break;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_ABORTED_BY_CALLBACK:
      if (left) return {"cut_off", "the connection broke before a whole answer had come", false};
      if (proxy) return {"proxy_failed", "the proxy refused the connection, or broke it off", false};
      return {"no_connection", "the connection broke before anything was sent", false};
    default:
      break;
  }
  return {"no_answer", "no answer came", false};
}

}  // namespace hlid
