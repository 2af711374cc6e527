#!/usr/bin/env bash
# Compiles Java's side of the bench, whose peers are Nimbus oauth2-oidc-sdk over HttpURLConnection and Spring Security, and prints
# the class path that it runs with. HEADLESSID_JAR names a jar that is built; else Maven builds one.
set -euo pipefail
cd "$(dirname "$0")/../../.."

out=$PWD/build/bench/java
mkdir -p "$out/classes"
jar=${HEADLESSID_JAR:-$PWD/bindings/java/target/headlessid-0.1.0.jar}
if [ ! -f "$jar" ]; then
  mvn -q -B -f bindings/java/pom.xml package -DskipTests -Dmaven.test.skip=true 1>&2
fi
if [ ! "$out/classpath" -nt tests/bench/java/pom.xml ]; then
  mvn -q -B -f tests/bench/java/pom.xml dependency:build-classpath "-Dmdep.outputFile=$out/classpath" 1>&2
fi
classpath="$jar:$(cat "$out/classpath")"
javac -Xlint:all,-processing,-classfile -Werror -cp "$classpath" -d "$out/classes" tests/bench/java/src/*.java 1>&2
echo "$classpath:$out/classes"
