{{/* The keys of the handler's Secret besides the username: passwords, and the variables with an empty value in handler.yaml that extraEnv does not replace. */}}
{{- define "handler.secretKeys" -}}
{{- $keys := list "password" "database-password" "scaler-password" -}}
{{- $replaced := include "handler.replacedVariables" . | fromJsonArray -}}
{{- range $name, $value := .Values.env -}}
{{- if and (eq $value "") (not (has $name $replaced)) }}{{ $keys = append $keys $name }}{{ end -}}
{{- end -}}
{{ toJson $keys }}
{{- end }}

{{/* Fails with a sentence when the Secret named by `value` does not exist or lacks one of `keys`. */}}
{{- define "handler.refuseMissingSecret" -}}
{{- $namespace := .root.Release.Namespace -}}
{{- $name := .root.Values -}}
{{- range splitList "." .value }}{{ $name = get $name . }}{{ end -}}
{{- $secret := lookup "v1" "Secret" $namespace $name -}}
{{- if not $secret -}}
{{- fail (printf "%s: there is no Secret %s in the namespace %s" .value $name $namespace) -}}
{{- end -}}
{{- $value := .value -}}
{{- range .keys -}}
{{- if not (hasKey ($secret.data | default dict) .) -}}
{{- fail (printf "%s: the Secret %s has no key %s" $value $name .) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Fails with a sentence when the topology operator would not see the Secret named by `credentials`, or would create another user from it. */}}
{{- define "handler.refuseUnusableCredentials" -}}
{{- $namespace := .Release.Namespace -}}
{{- $name := .Values.credentials -}}
{{- $secret := lookup "v1" "Secret" $namespace $name -}}
{{- if ne (get ($secret.metadata.labels | default dict) "rabbitmq.com/topology-operator") "true" -}}
{{- fail (printf "credentials: the topology operator ignores the Secret %s because it lacks a label; add it: kubectl -n %s label --overwrite secret %s rabbitmq.com/topology-operator=true" $name $namespace $name) -}}
{{- end -}}
{{- $username := $secret.data.username | b64dec -}}
{{- if ne $username .Release.Name -}}
{{- fail (printf "credentials: the username in the Secret %s must be the handler's name, %s (got %q): change it there, or name another Secret" $name .Release.Name $username) -}}
{{- end -}}
{{- end }}
