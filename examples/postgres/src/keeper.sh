# Runs a server, and ends it when standard input closes: that happens however the example ends, kill -9 included. $1 is its folder, the rest is the command.
folder=$1
shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ read -r _ <&3; kill -INT "$server"; } &
watch=$!
wait "$server"
# Whoever still waits for the example to end says that the server ended first: then somebody may want to start it again.
kill "$watch" 2>/dev/null || rm -rf -- "$folder"
