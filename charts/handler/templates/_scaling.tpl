{{/* The least number of replicas: scale.min, and at least minHttpReplicas of a handler that serves HTTP. */}}
{{- define "handler.min" -}}
{{ max (int .Values.scale.min) (empty .Values.http | ternary 0 (int .Values.minHttpReplicas)) }}
{{- end }}

{{- define "handler.max" -}}
{{ max (int .Values.scale.max) (include "handler.min" . | int) }}
{{- end }}

{{/* Whether the number of replicas follows the backlog; empty when minimum and maximum are equal. */}}
{{- define "handler.scales" -}}
{{- if ne (include "handler.min" .) (include "handler.max" .) }}true{{ end -}}
{{- end }}
