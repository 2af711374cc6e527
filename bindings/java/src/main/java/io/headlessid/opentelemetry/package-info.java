/** Spans and metrics of the flows, for OpenTelemetry. */
package io.headlessid.opentelemetry;
