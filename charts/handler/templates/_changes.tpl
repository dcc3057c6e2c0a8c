{{/*
Fails with a sentence, before anything is applied, when the cluster contains an object that the operators would refuse to change, or
lacks an object that the release depends on. Without a cluster, as with `helm template`, `lookup` finds nothing and nothing is checked.
*/}}
{{- define "handler.refuseChanges" -}}
{{- if .Capabilities.APIVersions.Has "rabbitmq.com/v1beta1" -}}
{{- $name := .Release.Name -}}
{{- include "handler.refuseLeaving" . -}}
{{- $remove := printf "or first delete the handler and its messages for good: npm run remove -- %s" $name -}}
{{- $dead := printf "%s.dead" $name -}}
{{- range append (include "handler.queueNames" . | fromJsonArray) $dead -}}
{{- $queue := . -}}
{{- $arguments := eq $queue $dead | ternary dict (include "handler.queueArguments" $ | fromJson) -}}
{{- with (lookup "rabbitmq.com/v1beta1" "Queue" $.Release.Namespace .).spec -}}
{{- $broker := .rabbitmqClusterReference.name -}}
{{- if ne .vhost $.Values.broker.vhost -}}
{{- fail (printf "broker.vhost: the queue %s is in the virtual host %s, and a queue cannot be moved (got %s). Keep broker.vhost=%s, %s" $queue .vhost $.Values.broker.vhost .vhost $remove) -}}
{{- else if ne $broker $.Values.broker.name -}}
{{- fail (printf "broker.name: the queue %s is in the broker %s, and a queue cannot be moved (got %s). Keep broker.name=%s, %s" $queue $broker $.Values.broker.name $broker $remove) -}}
{{- else if or (ne .name $queue) (ne .type "quorum") (not .durable) .autoDelete (ne (.arguments | default dict | toJson) ($arguments | toJson)) -}}
{{- fail (printf "the queue %s already exists and is not a durable quorum queue %s, as this chart declares it; a queue cannot be changed: give the handler another name, %s" $queue ($arguments | empty | ternary "without arguments" "with a single active consumer") $remove) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- /* Every namespace has this account. A tool that renders with the APIs of the cluster but without access to it, such as Argo CD, finds none. */ -}}
{{- if lookup "v1" "ServiceAccount" .Release.Namespace "default" -}}
{{- include "handler.refuseMissing" . -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Kubernetes lets Helm update an object that is still being deleted, and then deletes it: the new release would run without its user. */}}
{{- define "handler.refuseLeaving" -}}
{{- $here := .Release.Namespace -}}
{{- $name := .Release.Name -}}
{{- $topics := list -}}
{{- range $exchange, $_ := include "handler.keys" . | fromJson }}{{ $topics = append $topics (printf "%s.%s" $name $exchange) }}{{ end -}}
{{- $queues := append (include "handler.queueNames" . | fromJsonArray) (printf "%s.dead" $name) -}}
{{- $users := .Values.redrive | empty | ternary (list $name) (list $name (include "handler.redriver" .)) -}}
{{- range $kind, $names := dict "User" $users "Permission" $users "TopicPermission" $topics "Queue" $queues -}}
{{- range $names -}}
{{- if dig "metadata" "deletionTimestamp" "" (lookup "rabbitmq.com/v1beta1" $kind $here .) -}}
{{- fail (printf "the %s %s in the namespace %s is still being deleted: try again when it is gone; the topology operator must be running to finish the deletion" $kind . $here) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "handler.refuseMissing" -}}
{{- $here := .Release.Namespace -}}
{{- with .Values.broker -}}
{{- if not (lookup "rabbitmq.com/v1beta1" "RabbitmqCluster" $here .name) -}}
{{- fail (printf "broker.name: there is no RabbitmqCluster %s in the namespace %s: install charts/system there first" .name $here) -}}
{{- end -}}
{{- $vhosts := list -}}
{{- range (lookup "rabbitmq.com/v1beta1" "Vhost" $here "").items }}{{ $vhosts = append $vhosts .spec.name }}{{ end -}}
{{- if not (has .vhost $vhosts) -}}
{{- fail (printf "broker.vhost: there is no Vhost %s in the namespace %s, only: %s" .vhost $here (join ", " $vhosts)) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.database .Values.postgres.admin -}}
{{- $keys := list "username" "password" -}}
{{- include "handler.refuseMissingSecret" (dict "root" . "named" "postgres.admin" "name" .Values.postgres.admin "keys" $keys) -}}
{{- end -}}
{{- if or .Values.credentials (not .Values.makeSecrets) -}}
{{- $named := ternary "credentials" "makeSecrets is false" (ne .Values.credentials "") -}}
{{- $keys := concat (list "username") (include "handler.secretKeys" . | fromJsonArray) -}}
{{- include "handler.refuseMissingSecret" (dict "root" . "named" $named "name" (include "handler.credentials" .) "keys" $keys) -}}
{{- include "handler.refuseUnusableCredentials" . -}}
{{- end -}}
{{- if and .Values.redrive (or .Values.redriveCredentials (not .Values.makeSecrets)) -}}
{{- $named := ternary "redriveCredentials" "makeSecrets is false" (ne .Values.redriveCredentials "") -}}
{{- include "handler.refuseMissingSecret" (dict "root" . "named" $named "name" (include "handler.redriveCredentials" .) "keys" (list "username" "password")) -}}
{{- end -}}
{{- end }}
