#!/usr/bin/env bash
# Logins from Java: ours beside Nimbus oauth2-oidc-sdk over HttpURLConnection, against one simulated org over TLS; and a session's
# token beside Spring Security's.
# Prints lines of {"name", "value", "unit"}. HEADLESSID_JAR names a jar that is built; else Maven builds one.
set -euo pipefail
cd "$(dirname "$0")/../../.."

out=build/bench/java
mkdir -p "$out/classes"
jar=${HEADLESSID_JAR:-bindings/java/target/headlessid-0.1.0.jar}
if [ ! -f "$jar" ]; then
  mvn -q -B -f bindings/java/pom.xml package -DskipTests -Dmaven.test.skip=true 1>&2
fi
if [ ! "$out/classpath" -nt tests/bench/java/pom.xml ]; then
  mvn -q -B -f tests/bench/java/pom.xml dependency:build-classpath "-Dmdep.outputFile=$PWD/$out/classpath" 1>&2
fi
classpath="$jar:$(cat "$out/classpath")"
javac -Xlint:all,-processing,-classfile -Werror -cp "$classpath" -d "$out/classes" tests/bench/java/src/*.java 1>&2
# Nimbus keeps five idle connections by default; 32 are in use, and new handshakes are not what is compared.
exec java -cp "$classpath:$out/classes" -Dhttp.maxConnections=64 JavaBench "${LOGINS:-1000}"
