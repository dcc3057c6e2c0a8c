{{/* The user that sends dead letters back by schedule, and its CronJob. */}}
{{- define "handler.redriver" -}}
{{ .Release.Name }}.redrive
{{- end }}

{{/* The Secret with its username and password. */}}
{{- define "handler.redriveCredentials" -}}
{{ .Values.redriveCredentials | default (printf "%s-credentials" (include "handler.redriver" .)) }}
{{- end }}

{{/* redrive.every in the words of cron: values that it cannot express are refused. */}}
{{- define "handler.redriveCron" -}}
{{- $minutes := div (include "handler.milliseconds" .Values.redrive.every | int64) 60000 -}}
{{- $hours := div $minutes 60 -}}
{{- if lt $minutes 60 }}*/{{ $minutes }} * * * *{{ else if lt $hours 24 }}0 */{{ $hours }} * * *{{ else }}0 0 * * *{{ end -}}
{{- end }}

{{- define "handler.wrongRedrive" -}}
{{- $wrong := list -}}
{{- with .Values.redrive -}}
{{- $every := include "handler.milliseconds" .every | int64 -}}
{{- $short := le $every 3600000 -}}
{{- $whole := $short | ternary 60000 3600000 | int64 -}}
{{- $span := $short | ternary 3600000 86400000 | int64 -}}
{{- if lt $every 60000 -}}
{{- $wrong = append $wrong (printf "redrive.every must be at least 60000ms (got %q)" .every) -}}
{{- else if or (ne (mod $span $every) 0) (ne (mod $every $whole) 0) -}}
{{- $wrong = append $wrong (printf "redrive.every must divide an hour into whole minutes or a day into whole hours, such as 15m, 1h or 1d (got %ss)" (divf $every 1000 | toString)) -}}
{{- end -}}
{{- if include "handler.keepsOrder" $ -}}
{{- $wrong = append $wrong "redrive must not be set beside ordered or partitions: what they cannot handle is parked in the database, in its place" -}}
{{- end -}}
{{- end -}}
{{ toJson $wrong }}
{{- end }}
