{{/* A duration such as 30s in milliseconds. */}}
{{- define "handler.milliseconds" -}}
{{- $unit := dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 "d" 86400000 -}}
{{- $amount := regexFind "^[0-9.]+" . -}}
{{ mulf (float64 $amount) (get $unit (trimPrefix $amount .)) | int64 }}
{{- end }}

{{/* Milliseconds in whole seconds, rounded up. */}}
{{- define "handler.wholeSeconds" -}}
{{ divf (float64 .) 1000 | ceil | int64 }}
{{- end }}

{{/* Whole seconds from the last message to the minimum number of replicas. */}}
{{- define "handler.cooldown" -}}
{{ include "handler.wholeSeconds" (include "handler.milliseconds" .Values.scale.cooldown) }}
{{- end }}

{{/* Seconds that a terminating pod keeps serving, until no proxy sends it requests any more. */}}
{{- define "handler.farewell" -}}
5
{{- end }}

{{/* Whole seconds from SIGTERM to SIGKILL: the runtime's grace period, plus the farewell of a handler that serves HTTP. */}}
{{- define "handler.gracePeriod" -}}
{{- $runtime := include "handler.runtime" . | fromJson -}}
{{- $timeout := include "handler.milliseconds" .Values.timeout | int64 -}}
{{- $longer := max 0 (sub $timeout (int64 $runtime.coveredTimeout)) -}}
{{- $seconds := include "handler.wholeSeconds" (add (int64 $runtime.shortestGracePeriod) $longer) | int64 -}}
{{ if .Values.http }}{{ add $seconds (include "handler.farewell" . | int64) }}{{ else }}{{ $seconds }}{{ end }}
{{- end }}
