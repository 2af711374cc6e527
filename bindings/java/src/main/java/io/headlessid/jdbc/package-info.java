/** A store of sessions in a SQL database. */
package io.headlessid.jdbc;
