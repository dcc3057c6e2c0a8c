{{/* Whether the handler keeps the order of each key: one consumer of a queue at a time. Empty if not. */}}
{{- define "handler.keepsOrder" -}}
{{- if or .Values.ordered .Values.partitions }}true{{ end -}}
{{- end }}

{{/* The queues that the handler consumes, each with the last words of the routing keys that it takes; none if it takes all. */}}
{{- define "handler.queues" -}}
{{- $queues := list -}}
{{- with .Values.partitions -}}
{{- range $index := until (int .) -}}
{{- $words := list -}}
{{- range untilStep $index (int (include "handler.runtime" $ | fromJson).partitionWords) (int $.Values.partitions) -}}
{{- $words = append $words (printf "p%02d" .) -}}
{{- end -}}
{{- $queues = append $queues (dict "name" (printf "%s.%d" $.Release.Name $index) "words" $words) -}}
{{- end -}}
{{- else -}}
{{- $queues = append $queues (dict "name" .Release.Name "words" list) -}}
{{- end -}}
{{ toJson $queues }}
{{- end }}

{{/* The names of the queues that the handler consumes. */}}
{{- define "handler.queueNames" -}}
{{- $names := list -}}
{{- range include "handler.queues" . | fromJsonArray }}{{ $names = append $names .name }}{{ end -}}
{{ toJson $names }}
{{- end }}

{{/* The arguments of a queue that the handler consumes. */}}
{{- define "handler.queueArguments" -}}
{{ include "handler.keepsOrder" . | empty | ternary dict (dict "x-single-active-consumer" true) | toJson }}
{{- end }}

{{/* Binding keys that lead a type with its key into a queue: one for each word that the queue takes. */}}
{{- define "handler.keysInto" -}}
{{- $before := hasSuffix "#" .key | ternary .key (regexReplaceAll "\\.?\\*$" .key "") -}}
{{- $keys := list -}}
{{- range .words -}}
{{- $keys = append $keys (join "." (compact (list $.type $before .))) -}}
{{- end -}}
{{ toJson ($keys | default (list (printf "%s.%s" .type .key))) }}
{{- end }}

{{/* The queue of the questions that the handler answers, as a list; empty if it answers none. */}}
{{- define "handler.questionQueues" -}}
{{ empty .Values.answers | ternary list (list (printf "%s.questions" .Release.Name)) | toJson }}
{{- end }}
