{{/* The entries of `subscribes`, each with its type and its key. */}}
{{- define "handler.subscriptions" -}}
{{- $all := list -}}
{{- range .Values.subscribes -}}
{{- if kindIs "string" . }}{{ $all = append $all (dict "type" . "key" "#") }}
{{- else if hasKey . "headers" }}
{{- else }}{{ $all = append $all (dict "type" .type "key" (.key | default "#")) }}{{ end -}}
{{- end -}}
{{ toJson $all }}
{{- end }}

{{/*
The conditions of each subscription to a notification, each a set of headers: one for all headers of an entry or, with `match: any`, one
for each of them. The type always has to match.
*/}}
{{- define "handler.conditions" -}}
{{- $all := list -}}
{{- range $entry := .Values.subscribes -}}
{{- if and (kindIs "map" $entry) (hasKey $entry "headers") -}}
{{- $base := dict "type" $entry.type "x-match" "all" -}}
{{- if and (eq ($entry.match | default "all") "any") $entry.headers -}}
{{- range $name, $value := $entry.headers }}{{ $all = append $all (merge (dict $name $value) $base) }}{{ end -}}
{{- else -}}
{{- $all = append $all (merge (deepCopy ($entry.headers | default dict)) $base) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{ toJson $all }}
{{- end }}

{{/*
The specification of each binding of the handler, by the name of its resource. A binding cannot be changed, so the name contains a
hash of the whole specification: a changed binding is a new resource.
*/}}
{{- define "handler.bindings" -}}
{{- $name := .Release.Name -}}
{{- $dead := printf "%s.dead" $name -}}
{{- $routes := list -}}
{{- range $queue := include "handler.queues" . | fromJsonArray -}}
{{- range $type := $.Values.handles -}}
{{- range include "handler.keysInto" (dict "type" $type "key" "#" "words" $queue.words) | fromJsonArray -}}
{{- $routes = append $routes (list "commands" . $queue.name) -}}
{{- end -}}
{{- end -}}
{{- range include "handler.subscriptions" $ | fromJsonArray -}}
{{- range include "handler.keysInto" (dict "type" .type "key" .key "words" $queue.words) | fromJsonArray -}}
{{- $routes = append $routes (list "events" . $queue.name) -}}
{{- end -}}
{{- end -}}
{{- range include "handler.conditions" $ | fromJsonArray -}}
{{- $routes = append $routes (list "notify" .type $queue.name .) -}}
{{- end -}}
{{- if not (include "handler.keepsOrder" $) -}}
{{- $routes = append $routes (list "due" (printf "*.%s" $name) $queue.name) -}}
{{- end -}}
{{- $routes = append $routes (list "redrive" $queue.name $queue.name) -}}
{{- end -}}
{{- range $queue := include "handler.questionQueues" . | fromJsonArray -}}
{{- range $.Values.answers }}{{ $routes = append $routes (list "questions" . $queue) }}{{ end -}}
{{- end -}}
{{- $routes = append $routes (list "dead" $name $dead) -}}
{{- if .Values.records -}}
{{- $routes = append (append $routes (list "journal" "" $name)) (list "unrouted" "" $name) -}}
{{- end -}}
{{- $bindings := dict -}}
{{- range $routes -}}
{{- $spec := dict "source" (index . 0) "destination" (index . 2) "destinationType" "queue" -}}
{{- with index . 1 }}{{ $_ := set $spec "routingKey" . }}{{ end -}}
{{- if gt (len .) 3 }}{{ $_ := set $spec "arguments" (index . 3) }}{{ end -}}
{{- $_ := set $spec "vhost" $.Values.broker.vhost -}}
{{- $_ := set $spec "rabbitmqClusterReference" (include "handler.brokerReference" $ | fromYaml) -}}
{{- $_ := set $bindings (printf "%s.%s" $name ($spec | toJson | sha256sum | trunc 10)) $spec -}}
{{- end -}}
{{- $copies := list -}}
{{- $own := dict "handler" $name -}}
{{- range $.Values.handles }}{{ $copies = append $copies (list "commands" (printf "%s.#" .) $own) }}{{ end -}}
{{- range include "handler.subscriptions" $ | fromJsonArray -}}
{{- $copies = append $copies (list "events" (printf "%s.%s" .type .key) $own) -}}
{{- end -}}
{{- range include "handler.conditions" $ | fromJsonArray }}{{ $copies = append $copies (list "notify" $name .) }}{{ end -}}
{{- range $copies -}}
{{- $spec := dict "source" (index . 0) "routingKey" (index . 1) "destination" "journal" "destinationType" "exchange" -}}
{{- $_ := set $spec "arguments" (index . 2) -}}
{{- $_ := set $spec "vhost" $.Values.broker.vhost -}}
{{- $_ := set $spec "rabbitmqClusterReference" (include "handler.brokerReference" $ | fromYaml) -}}
{{- $_ := set $bindings (printf "%s.%s" $name ($spec | toJson | sha256sum | trunc 10)) $spec -}}
{{- end -}}
{{ toJson $bindings }}
{{- end }}
