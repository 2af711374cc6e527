/** An org in a child process, and the check of a store of one's own: for tests. */
module io.headlessid.testing {
    requires transitive io.headlessid;
    requires static org.jetbrains.annotations;

    exports io.headlessid.testing;
}
